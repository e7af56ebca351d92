# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[16]
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
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
set style line 3 lc rgb '#009E73' lw 1.6 dt (2,2)
set style line 203 lc rgb '#009E73' lw 0.9 dt 1 pt 9 ps 0.6
set style line 103 lc rgb '#009E73' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 2079,749 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 665,240 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 17.60cm,6.34cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.25216,0.95584 to screen 0.29477,0.95584 nohead ls 1
set label '' at screen 0.27347,0.95584 point ls 201
set label words[1] at screen 0.30329,0.95584 left tc rgb '#0072B2'
set arrow from screen 0.38816,0.95584 to screen 0.43078,0.95584 nohead ls 2
set label '' at screen 0.40947,0.95584 point ls 202
set label words[2] at screen 0.43930,0.95584 left tc rgb '#B04A00'
set arrow from screen 0.58079,0.95584 to screen 0.62340,0.95584 nohead ls 3
set label '' at screen 0.60209,0.95584 point ls 203
set label words[3] at screen 0.63192,0.95584 left tc rgb '#007A5A'
set lmargin at screen 0.08085
set rmargin at screen 0.31061
set bmargin at screen 0.16562
set tmargin at screen 0.87539
unset logscale x
set xrange [-422:8862]
set xtics ('0' 0, '2000' 2000, '4000' 4000, '6000' 6000, '8000' 8000)
set xlabel words[4] offset 0,0.35
set logscale y
set yrange [0.006043880893807251:3.677289476416623]
set ytics ('0.01' 0.01, '0.1' 0.1, '1' 1, '' 0.007 1, '' 0.008 1, '' 0.009 1, '' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 2 1, '' 3 1)
set label 1001 words[5] at screen 0.01705,0.52050 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside($3,0.006043880893807251,3.677289476416623)):(inside($4,0.006043880893807251,3.677289476416623)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside($3,0.006043880893807251,3.677289476416623)):(inside($4,0.006043880893807251,3.677289476416623)) with filledcurves fill transparent solid 0.2 noborder ls 102 notitle, \
     stem.'.dat' index 3 using 1:(inside($3,0.006043880893807251,3.677289476416623)):(inside($4,0.006043880893807251,3.677289476416623)) with filledcurves fill transparent solid 0.2 noborder ls 103 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 1 every 4 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 every 4 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 every 4 using 1:2 with points ls 203 notitle
unset label 1001
unset label
unset arrow
set lmargin at screen 0.41418
set rmargin at screen 0.64394
set bmargin at screen 0.16562
set tmargin at screen 0.87539
unset logscale x
set xrange [-422:8862]
set xtics ('0' 0, '2000' 2000, '4000' 4000, '6000' 6000, '8000' 8000)
set xlabel words[4] offset 0,0.35
set logscale y
set yrange [0.006135920034122041:3.623437786303783]
set ytics ('0.01' 0.01, '0.1' 0.1, '1' 1, '' 0.007 1, '' 0.008 1, '' 0.009 1, '' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 2 1, '' 3 1)
set label 1001 words[6] at screen 0.35038,0.52050 center rotate by 90
plot stem.'.dat' index 4 using 1:(inside($3,0.006135920034122041,3.623437786303783)):(inside($4,0.006135920034122041,3.623437786303783)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 5 using 1:(inside($3,0.006135920034122041,3.623437786303783)):(inside($4,0.006135920034122041,3.623437786303783)) with filledcurves fill transparent solid 0.2 noborder ls 102 notitle, \
     stem.'.dat' index 6 using 1:(inside($3,0.006135920034122041,3.623437786303783)):(inside($4,0.006135920034122041,3.623437786303783)) with filledcurves fill transparent solid 0.2 noborder ls 103 notitle, \
     stem.'.dat' index 4 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 5 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 6 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 4 every 4 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 5 every 4 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 6 every 4 using 1:2 with points ls 203 notitle
unset label 1001
set lmargin at screen 0.74306
set rmargin at screen 0.97727
set bmargin at screen 0.16562
set tmargin at screen 0.87539
unset logscale x
set xrange [-422:8862]
set xtics ('0' 0, '2000' 2000, '4000' 4000, '6000' 6000, '8000' 8000)
set xlabel words[4] offset 0,0.35
set logscale y
set yrange [0.053967015154088124:190.5608066059911]
set ytics ('0.1' 0.1, '1' 1, '10' 10, '100' 100, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 20 1, '' 30 1, '' 40 1, '' 50 1, '' 60 1, '' 70 1, '' 80 1, '' 90 1)
set label 1001 words[7] at screen 0.68371,0.52050 center rotate by 90
plot stem.'.dat' index 7 using 1:(inside($3,0.053967015154088124,190.5608066059911)):(inside($4,0.053967015154088124,190.5608066059911)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 8 using 1:(inside($3,0.053967015154088124,190.5608066059911)):(inside($4,0.053967015154088124,190.5608066059911)) with filledcurves fill transparent solid 0.2 noborder ls 102 notitle, \
     stem.'.dat' index 9 using 1:(inside($3,0.053967015154088124,190.5608066059911)):(inside($4,0.053967015154088124,190.5608066059911)) with filledcurves fill transparent solid 0.2 noborder ls 103 notitle, \
     stem.'.dat' index 7 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 8 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 9 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 7 every 4 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 8 every 4 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 9 every 4 using 1:2 with points ls 203 notitle
unset label 1001
unset multiplot
unset output
}
