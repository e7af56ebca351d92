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
set style line 4 lc rgb '#CC79A7' lw 1.6 dt (8,3,2,3)
set style line 204 lc rgb '#CC79A7' lw 0.9 dt 1 pt 13 ps 0.65
set style line 104 lc rgb '#CC79A7' lw 0.9 dt 1
set style line 5 lc rgb '#56B4E9' lw 1.6 dt 1
set style line 205 lc rgb '#56B4E9' lw 0.9 dt 1 pt 6 ps 0.75
set style line 105 lc rgb '#56B4E9' lw 0.9 dt 1
set style line 6 lc rgb '#E69F00' lw 1.6 dt (8,3)
set style line 206 lc rgb '#E69F00' lw 0.9 dt 1 pt 4 ps 0.7
set style line 106 lc rgb '#E69F00' lw 0.9 dt 1
set style line 7 lc rgb '#000000' lw 1.6 dt (2,2)
set style line 207 lc rgb '#000000' lw 0.9 dt 1 pt 8 ps 0.8
set style line 107 lc rgb '#000000' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,874 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,280 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,7.40cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.17852,0.96216 to screen 0.26573,0.96216 nohead ls 1
set label '' at screen 0.22213,0.96216 point ls 201
set label words[1] at screen 0.28317,0.96216 left tc rgb '#0072B2'
set arrow from screen 0.43769,0.96216 to screen 0.52490,0.96216 nohead ls 2
set label '' at screen 0.48129,0.96216 point ls 202
set label words[2] at screen 0.54234,0.96216 left tc rgb '#B04A00'
set arrow from screen 0.08229,0.90541 to screen 0.16950,0.90541 nohead ls 3
set label '' at screen 0.12589,0.90541 point ls 203
set label words[3] at screen 0.18694,0.90541 left tc rgb '#007A5A'
set arrow from screen 0.41441,0.90541 to screen 0.50162,0.90541 nohead ls 4
set label '' at screen 0.45801,0.90541 point ls 204
set label words[4] at screen 0.51906,0.90541 left tc rgb '#A8527F'
set arrow from screen 0.17032,0.84865 to screen 0.25753,0.84865 nohead ls 5
set label '' at screen 0.21392,0.84865 point ls 205
set label words[5] at screen 0.27497,0.84865 left tc rgb '#2A7FAE'
set arrow from screen 0.59094,0.84865 to screen 0.67815,0.84865 nohead ls 6
set label '' at screen 0.63455,0.84865 point ls 206
set label words[6] at screen 0.69559,0.84865 left tc rgb '#9A6A00'
set arrow from screen 0.32227,0.79189 to screen 0.40948,0.79189 nohead ls 7
set label '' at screen 0.36587,0.79189 point ls 207
set label words[7] at screen 0.42692,0.79189 left tc rgb '#000000'
set lmargin at screen 0.16545
set rmargin at screen 0.95349
set bmargin at screen 0.14189
set tmargin at screen 0.72297
unset logscale x
set xrange [-422:8862]
set xtics ('0' 0, '2000' 2000, '4000' 4000, '6000' 6000, '8000' 8000)
set xlabel words[8] offset 0,0.35
set logscale y
set yrange [0.010422186931449001:4.8748974660610225]
set ytics ('0.02' 0.02, '0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2, '' 0.03 1, '' 0.04 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.3 1, '' 0.4 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 3 1, '' 4 1)
set label 1001 words[9] at screen 0.03488,0.43243 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 102 notitle, \
     stem.'.dat' index 3 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 103 notitle, \
     stem.'.dat' index 4 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 104 notitle, \
     stem.'.dat' index 5 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 105 notitle, \
     stem.'.dat' index 6 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 106 notitle, \
     stem.'.dat' index 7 using 1:(inside($3,0.010422186931449001,4.8748974660610225)):(inside($4,0.010422186931449001,4.8748974660610225)) with filledcurves fill transparent solid 0.2 noborder ls 107 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 4 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 5 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 6 using 1:2 with lines ls 6 notitle, \
     stem.'.dat' index 7 using 1:2 with lines ls 7 notitle, \
     stem.'.dat' index 1 every 4 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 every 4 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 every 4 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 4 every 4 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 5 every 4 using 1:2 with points ls 205 notitle, \
     stem.'.dat' index 6 every 4 using 1:2 with points ls 206 notitle, \
     stem.'.dat' index 7 every 4 using 1:2 with points ls 207 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
