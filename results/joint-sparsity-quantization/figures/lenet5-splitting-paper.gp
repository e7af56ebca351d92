# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[8]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 2079,685 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 665,219 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 17.60cm,5.80cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set lmargin at screen 0.08085
set rmargin at screen 0.23520
set bmargin at screen 0.18103
set tmargin at screen 0.95690
unset logscale x
set xrange [-1266:26586]
set xtics ('0' 0, '20,000' 20000, '' 5000 1, '' 10000 1, '' 15000 1, '' 25000 1)
set xlabel words[1] offset 0,0.35
set logscale y
set yrange [0.026645264943272857:2.7955937295717845]
set ytics ('0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2, '' 0.03 1, '' 0.04 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.3 1, '' 0.4 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1)
set label 1001 words[2] at screen 0.01705,0.56897 center rotate by 90
set label 1002 words[3] at screen 0.24202,0.22625 left tc rgb '#0072B2'
plot stem.'.dat' index 1 using 1:(inside($3,0.026645264943272857,2.7955937295717845)):(inside($4,0.026645264943272857,2.7955937295717845)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 1 every 12 using 1:2 with points ls 201 notitle
unset label 1001
unset label 1002
set lmargin at screen 0.41418
set rmargin at screen 0.56853
set bmargin at screen 0.18103
set tmargin at screen 0.95690
unset logscale x
set xrange [-1266:26586]
set xtics ('0' 0, '20,000' 20000, '' 5000 1, '' 10000 1, '' 15000 1, '' 25000 1)
set xlabel words[1] offset 0,0.35
set logscale y
set yrange [0.02726623642467986:2.795397152780425]
set ytics ('0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2, '' 0.03 1, '' 0.04 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.3 1, '' 0.4 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1)
set label 1001 words[4] at screen 0.35038,0.56897 center rotate by 90
set label 1002 words[3] at screen 0.57535,0.23303 left tc rgb '#0072B2'
plot stem.'.dat' index 2 using 1:(inside($3,0.02726623642467986,2.795397152780425)):(inside($4,0.02726623642467986,2.795397152780425)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 every 12 using 1:2 with points ls 201 notitle
unset label 1001
unset label 1002
set lmargin at screen 0.73815
set rmargin at screen 0.90186
set bmargin at screen 0.18103
set tmargin at screen 0.95690
unset logscale x
set xrange [-1266:26586]
set xtics ('0' 0, '20,000' 20000, '' 5000 1, '' 10000 1, '' 15000 1, '' 25000 1)
set xlabel words[1] offset 0,0.35
set logscale y
set yrange [0.060891622237521086:7.0441801993710484]
set ytics ('0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2, '5' 5, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.3 1, '' 0.4 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 3 1, '' 4 1, '' 6 1, '' 7 1)
set label 1001 words[5] at screen 0.68371,0.56897 center rotate by 90
set label 1002 words[3] at screen 0.90868,0.72468 left tc rgb '#0072B2'
plot stem.'.dat' index 3 using 1:(inside($3,0.060891622237521086,7.0441801993710484)):(inside($4,0.060891622237521086,7.0441801993710484)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 3 every 12 using 1:2 with points ls 201 notitle
unset label 1001
unset label 1002
unset multiplot
unset output
}
