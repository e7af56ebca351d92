# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[10]
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
set style line 4 lc rgb '#CC79A7' lw 1.6 dt (8,3,2,3)
set style line 204 lc rgb '#CC79A7' lw 0.9 dt 1 pt 13 ps 0.65
set style line 104 lc rgb '#CC79A7' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,824 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,264 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,6.98cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.04312,0.95989 to screen 0.13033,0.95989 nohead ls 1
set label '' at screen 0.08673,0.95989 point ls 201
set label words[1] at screen 0.14777,0.95989 left tc rgb '#0072B2'
set arrow from screen 0.51658,0.95989 to screen 0.60379,0.95989 nohead ls 2
set label '' at screen 0.56019,0.95989 point ls 202
set label words[2] at screen 0.62123,0.95989 left tc rgb '#B04A00'
set arrow from screen 0.25292,0.89971 to screen 0.34013,0.89971 nohead ls 3
set label '' at screen 0.29653,0.89971 point ls 203
set label words[3] at screen 0.35758,0.89971 left tc rgb '#007A5A'
set arrow from screen 0.24334,0.83954 to screen 0.33055,0.83954 nohead ls 4
set label '' at screen 0.28695,0.83954 point ls 204
set label words[4] at screen 0.34799,0.83954 left tc rgb '#A8527F'
set lmargin at screen 0.16545
set rmargin at screen 0.95349
set bmargin at screen 0.15043
set tmargin at screen 0.76648
unset logscale x
set xrange [-422:8862]
set xtics ('0' 0, '2000' 2000, '4000' 4000, '6000' 6000, '8000' 8000)
set xlabel words[5] offset 0,0.35
set logscale y
set yrange [0.035377318987657204:2.3513641221195876]
set ytics ('0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2, '' 0.04 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.3 1, '' 0.4 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1)
set label 1001 words[6] at screen 0.03488,0.45845 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside($3,0.035377318987657204,2.3513641221195876)):(inside($4,0.035377318987657204,2.3513641221195876)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside($3,0.035377318987657204,2.3513641221195876)):(inside($4,0.035377318987657204,2.3513641221195876)) with filledcurves fill transparent solid 0.2 noborder ls 102 notitle, \
     stem.'.dat' index 3 using 1:(inside($3,0.035377318987657204,2.3513641221195876)):(inside($4,0.035377318987657204,2.3513641221195876)) with filledcurves fill transparent solid 0.2 noborder ls 103 notitle, \
     stem.'.dat' index 4 using 1:(inside($3,0.035377318987657204,2.3513641221195876)):(inside($4,0.035377318987657204,2.3513641221195876)) with filledcurves fill transparent solid 0.2 noborder ls 104 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 4 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 1 every 4 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 every 4 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 every 4 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 4 every 4 using 1:2 with points ls 204 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
